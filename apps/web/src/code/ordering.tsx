import type { ComponentChildren } from 'preact';

/** Characters without a shape that change the order in which the others are shown. */
const ORDERING = /([\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069])/;

/** A text in which such characters are seen and have no effect, so that code reads as it runs. */
export const showOrdering = (text: string): ComponentChildren =>
  ORDERING.test(text)
    ? text.split(ORDERING).map((part, index) =>
        index % 2 === 0 ? (
          part
        ) : (
          <span key={index} class="ordering" data-code={`U+${part.charCodeAt(0).toString(16).toUpperCase()}`}>
            {part}
          </span>
        ),
      )
    : text;
