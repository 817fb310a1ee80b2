/** Milliseconds for which text is collected before it is passed on. */
const BATCH_MS = 50;

/** Collects a model's text, which comes token by token, into pieces worth a message each. */
export function batchText(send: (text: string) => void) {
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  /** Ends the batch. */
  const take = () => {
    clearTimeout(timer);
    timer = undefined;
    const batch = text;
    text = '';
    return batch;
  };
  return {
    add(piece: string) {
      text += piece;
      timer ??= setTimeout(() => send(take()), BATCH_MS);
    },
    /** What was not passed on, and will not be any more. */
    take,
  };
}
