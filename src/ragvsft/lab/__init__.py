"""The expensive half: it writes down what happened and judges nothing."""
