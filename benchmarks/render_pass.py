"""Print the milliseconds of one pass over the pipeline in a new process, without imports; runs inside the image."""

import os
import time

from mailwright.host.generated_secrets import with_kept
from mailwright.host.read import Places, read
from mailwright.model.building import build
from mailwright.render.tree import render

started = time.perf_counter()
render(build(with_kept(read(Places(), os.environ))))
print(1000 * (time.perf_counter() - started))
