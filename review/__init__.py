"""The web desk where people decide, and the living report. The entry point is
`review.app.create_desk`.
"""
