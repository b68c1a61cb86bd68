"""Tests of every part, from single rules to the whole house."""
