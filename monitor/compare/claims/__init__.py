"""What a report says, prepared for comparison: indexes over its claims."""
