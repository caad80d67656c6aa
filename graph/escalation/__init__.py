"""How an identity gets more than it was given: techniques as data (`techniques/`), and what evaluates them.

`technique` reads the catalogue, `asking` decides single permissions of a principal, `targets` finds the
identities that a technique may lead to, `takeover` and `rewriting` put both together, `power` says when
somebody is the account's administrator.
"""
