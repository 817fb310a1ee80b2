/** The simulator takes the complex route for it: eight calls, six of them in a row. */
export const COMPLEX = 'Build a REST API for a todo list with authentication and rate limiting';
export const CALLS_IN_A_ROW = 6;

export const SIMPLE = 'Write a Python function to reverse a string';
export const AMBIGUOUS = 'Make it better';
