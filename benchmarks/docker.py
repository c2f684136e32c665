"""The commands of the docker client that the benchmarks need."""

import subprocess

LABEL = "mailwright.bench=1"


class DockerError(Exception):
    """A failed command of the docker client, with its message."""


def docker(*arguments: str, script: str | None = None) -> str:
    """Return what `docker ARGUMENTS` printed; `script` goes to its standard input."""
    done = subprocess.run(["docker", *arguments], check=False, input=script, capture_output=True, text=True)
    if done.returncode:
        raise DockerError(f"docker {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()


def image_exists(image: str) -> bool:
    """True when the engine has the image."""
    return bool(docker("image", "ls", "--quiet", image))


def log(container: str) -> str:
    """Return both streams of the container's log."""
    command = ["docker", "logs", container]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode(errors="replace")


def address(container: str) -> str:
    """Return the container's address on the first network that it is on."""
    form = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
    return docker("inspect", "--format", form, container).split()[0]


def remove_all(label: str) -> None:
    """Remove every container, volume and network with that label."""
    wanted = f"label={label}"
    containers = docker("ps", "--all", "--quiet", "--filter", wanted).split()
    if containers:
        docker("rm", "--force", "--volumes", *containers)
    for kind in ("volume", "network"):
        names = docker(kind, "ls", "--quiet", "--filter", wanted).split()
        if names:
            docker(kind, "rm", *names)
