"""The posting instructions of one key: a page to send to a publisher's developer. Pure.

content.py says what they say, once; html_page.py and markdown.py show it; page.py is what is sent.
"""
