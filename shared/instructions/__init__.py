"""The posting instructions of one key: a web page for a publisher's developer. Pure.

content.py has the words; html_view.py and markdown.py show them; rendering.py makes the response.
"""
