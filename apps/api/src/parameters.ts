/** The query string of a request target, read as forms are. `query` itself is read strictly, by `readQuery`. */
export const parametersOf = (target: string): URLSearchParams => new URLSearchParams(target.split('?', 2)[1]);
