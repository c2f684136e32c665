"""A relay host that misbehaves as the file /behaviour says at each connection: ``python3 relay_server.py``.

``good``; ``hangs`` (no greeting); ``greylists`` (451 to RCPT); ``closes`` (takes a mail's content and closes without an
answer, and without keeping it). What it takes is one Message-ID and recipient a line in /received.
"""

import socketserver
from pathlib import Path

BEHAVIOUR, RECEIVED = Path("/behaviour"), Path("/received")


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    def say(self, text: str) -> None:
        """One line."""
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self) -> None:
        """Answers until the client leaves."""
        how, recipients = BEHAVIOUR.read_text().strip(), list[str]()
        if how == "hangs":
            self.rfile.readline()  # the client waits for the greeting
            return
        self.say("220 relay.test ESMTP")
        while line := self.rfile.readline().decode("latin-1").strip():
            word, _, rest = line.partition(" ")
            word = word.upper()
            if word == "RCPT" and how == "greylists":
                self.say("451 4.7.1 Greylisted, try again later")
                continue
            if word == "RCPT":
                recipients.append(rest[rest.index("<") + 1 : rest.index(">")])
            if word == "DATA":
                self.say("354 go on")
                message_id = self.content()
                if how == "closes":
                    return
                with RECEIVED.open("a") as file:
                    file.writelines(f"{message_id} {recipient}\n" for recipient in recipients)
                recipients = []
            self.say("221 bye" if word == "QUIT" else "250 ok")
            if word == "QUIT":
                return

    def content(self) -> str:
        """The Message-ID of a mail, which is read to its end."""
        message_id = ""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            if line.lower().startswith(b"message-id:") and not message_id:
                message_id = line.split(b":", 1)[1].strip().decode()
        return message_id


class Server(socketserver.ThreadingTCPServer):
    """One thread for each connection."""

    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    Server(("", 25), Session).serve_forever()
