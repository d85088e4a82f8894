"""The commands of `grading`, in the order of a course; `cli` puts them together."""
