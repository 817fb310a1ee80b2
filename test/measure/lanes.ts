/** In turn, so many at a time. */
export async function inTurn<T>(count: number, atOnce: number, act: (index: number) => Promise<T>) {
  let next = 0;
  const lane = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
