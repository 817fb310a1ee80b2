import { signal } from '@preact/signals';

/** A short message that disappears; '' if there is none. */
export const toast = signal('');
/** Text for screen readers. */
export const announcement = signal('');

const TOAST_MS = 2_400;
let timer = 0;

export function showToast(text: string) {
  clearTimeout(timer);
  toast.value = text;
  timer = window.setTimeout(() => {
    toast.value = '';
  }, TOAST_MS);
}

export const announce = (text: string) => {
  announcement.value = text;
};

/** Copies text. The clipboard needs HTTPS or a loopback address; elsewhere the person is asked to copy by hand. */
export async function copy(text: string, done: string) {
  try {
    await navigator.clipboard.writeText(text);
    showToast(done);
  } catch {
    showToast('This browser does not allow copying here. Select the text and copy it.');
  }
}
