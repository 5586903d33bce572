"""Proposals by a language model, with the profile's evidence, and their proof.

    facts, place, evidence -> prompt -> providers -> answer -> diff -> verify, apply

Standard library only. What goes to a provider is `Prompt.system` and
`Prompt.text`, word for word, and nothing else.
"""
