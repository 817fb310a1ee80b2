/** A sum of dollars without the noise of binary fractions. */
export const dollars = (figure: number): number => Number(figure.toFixed(9));
