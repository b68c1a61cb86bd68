"""Observers: outside supervisors who answer surveys, visit departments and report what they see."""
