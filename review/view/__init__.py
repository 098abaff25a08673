"""What pages show: values prepared for templates."""
