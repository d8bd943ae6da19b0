"""What a report tells beside its probability: reasons, causes, counterfactuals, what to ask for next."""
