"""Stand-ins for the packages that training engines import: every name exists, and does nothing.

With them an engine's own parsers, checks and configurations run on a machine with neither PyTorch nor a GPU.
"""

import importlib.abc
import importlib.machinery
import re
import sys
import types
import typing


class Anything:
    """A value of a package that is not there: it can be called, indexed, inherited from and decorated with."""

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        # As a decorator, it leaves what it decorates as it is, but for names by which an operator is told more of.
        if len(args) == 1 and not kwargs and callable(args[0]):
            if isinstance(args[0], types.FunctionType):
                for name in ("register_fake", "register_autograd", "register_kernel"):
                    setattr(args[0], name, Anything())
            return args[0]
        return self

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Anything()

    def __getitem__(self, key):
        return self

    def __iter__(self):
        return iter(())

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return False

    def __bool__(self):
        return False

    def __or__(self, other):
        return self

    __ror__ = __or__

    def __mro_entries__(self, bases):
        return (object,)


class Class(type(typing.Protocol)):
    """Of classes of a package that is not there: whatever they are asked for, they have."""

    def __getattr__(cls, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Anything()


class Number(tuple):
    """A version, as packaging has it: only compared."""

    def __new__(cls, text):
        return super().__new__(cls, tuple(int(n) for n in re.findall(r"\d+", str(text).split("+")[0])[:3]))

    @property
    def release(self):
        return tuple(self)

    @property
    def base_version(self):
        return ".".join(map(str, self))


CLASS_MEMBERS = {
    "__init__": lambda self, *args, **kwargs: None,
    "__init_subclass__": classmethod(lambda cls, **kwargs: None),
    "__class_getitem__": classmethod(lambda cls, key: cls),
}


class StandIn(types.ModuleType):
    __version__ = "2.8.0"

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if self.__name__ == "typing_extensions" and hasattr(typing, name):
            made = getattr(typing, name)
        elif name[:1].isupper():
            # A class: may be a base, an annotation, or asked for by isinstance.
            made = Class(name, (), dict(CLASS_MEMBERS))
        else:
            made = Anything()
        setattr(self, name, made)
        return made


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, absent):
        self.absent = absent

    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        if top in self.absent or top in sys.stdlib_module_names:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        pass


def install(checkout, absent):
    """Makes an engine importable.

    :param checkout: its folder, from which alone it is imported.
    :param absent: packages of which there are none, since the engine does without; any other is a stand-in.
    """
    sys.path[:] = [checkout] + [p for p in sys.path if "-packages" not in p]
    if not hasattr(typing, "override"):
        # Python 3.12 has it.
        typing.override = lambda method: method
    sys.meta_path.append(Finder(absent))
    import packaging.version
    import torch
    import torch.cuda
    import torch.distributed

    packaging.version.Version = Number
    packaging.version.parse = Number
    torch.dtype = type("dtype", (), {})
    for name in ("float32", "float", "bfloat16", "float16", "half", "uint8", "int32", "int64", "bool", "float64"):
        setattr(torch, name, torch.dtype())
    torch.float, torch.half = torch.float32, torch.float16
    torch.cuda.get_device_capability = lambda *a: (9, 0)
    torch.cuda.get_device_properties = lambda *a: types.SimpleNamespace(major=9, minor=0)
    torch.cuda.is_available = lambda: False
    torch.cuda.device_count = lambda: 0
    torch.distributed.is_initialized = lambda: False
    torch.distributed.is_available = lambda: False
    torch.is_grad_enabled = lambda: True
