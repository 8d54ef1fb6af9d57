"""Moves a periodontal practice from PANDA Perio to Twenty CRM."""
