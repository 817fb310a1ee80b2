/** Milliseconds for which text is gathered before it is passed on. */
const BATCH_MS = 50;

/** Gathers a model's text, which comes token by token, into pieces worth a message. */
export function batchText(send: (text: string) => void) {
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (text !== '') send(text);
    text = '';
  };
  return {
    add(piece: string) {
      text += piece;
      timer ??= setTimeout(flush, BATCH_MS);
    },
    /** Sends what is left. */
    flush,
  };
}
