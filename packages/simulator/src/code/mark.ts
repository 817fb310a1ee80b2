/** Stands in everything the simulator makes up, so that no canned text passes for a model's. */
export const mark = 'Simulated answer: no model was asked.';
