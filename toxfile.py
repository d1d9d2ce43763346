"""tox: vllm-X.Y.Z is an environment for every release, also one published after this was written."""

import os
import re
import sys

from tox.plugin import impl


@impl
def tox_extend_envs():
    """Those that are asked for, by -e or TOXENV; what they do is in tox.ini, under the factor vllm."""
    words = [os.environ.get("TOXENV", ""), *sys.argv[1:]]
    names = [name for word in words for name in re.split(r"[,=]", word.removeprefix("-e"))]
    return [name for name in names if re.fullmatch(r"vllm-\d+(\.\d+)+", name)]
