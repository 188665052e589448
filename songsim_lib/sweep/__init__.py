"""The search the report had no compute for: many settings, each trained several times, none chosen by the others."""
