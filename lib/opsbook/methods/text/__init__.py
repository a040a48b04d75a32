"""Tone, triage and question groups of short texts, Chinese and English, without a download."""
