"""Invoices in eight languages as invoicing programs and conventions of many countries print them.

The other invoices of `docpipe synth` vary numbers, goods and wear; these vary who stands where, and under which words.
"""
