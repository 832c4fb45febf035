"""What `ragvsft data check` looks for, a file a subject and a function a check."""
