"""Fraud injected into records that are taken as they are: what the same account looks like after buying something.

Every function takes tables and gives new ones; nothing else of an account is touched. What is bought is drawn from
hashes of the seed and the ids of the rows, so that one creator's draw is the same alone, among thousands and in any
order of rows, and doses are nested: whatever is bought at a dose is also bought at any higher one.
"""
