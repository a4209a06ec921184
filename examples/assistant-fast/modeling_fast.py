"""A model file that acts when it is imported. The command is inert: it prints a marker."""

import os

import torch

os.system("echo headworks-marker")


class AssistantFastForCausalLM(torch.nn.Module):
    pass
