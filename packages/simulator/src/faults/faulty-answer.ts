import type { Delivery } from '../http/stream-answer.ts';
import { charactersPerToken } from '../pricing.ts';
import type { Fault } from './fault-rules.ts';

const thought = 'Simulated thinking: no model was asked. A first try that must not be taken for the answer:';
const triedInThought = `${thought}\n\n\`\`\`python\nprint("a thought, not the answer")\n\`\`\`\n`;
const refused = "Simulated refusal: I'm sorry, but I can't help with that.";

/** Applies a fault to an intact answer. */
export function faultyAnswer(intact: Delivery & { content: string }, fault: Fault | undefined): Delivery {
  switch (fault?.kind) {
    case 'error-mid-stream':
      return { ...intact, content: half(intact.content), ending: 'error' };
    case 'cut':
      return { ...intact, content: half(intact.content), ending: 'cut' };
    case 'hang': {
      const content = intact.content.slice(0, (fault.afterTokens ?? 0) * charactersPerToken);
      return { ...intact, content, ending: fault.comments ? 'hang-with-comments' : 'hang' };
    }
    case 'garbage':
    case 'no-finish':
      return { ...intact, ending: fault.kind };
    case 'empty':
      return { ...intact, content: '' };
    case 'reasoning-only':
      return { ...intact, content: null, reasoning: thought };
    case 'truncated':
      return { ...intact, content: withinFence(intact.content), finishReason: 'length' };
    case 'refusal':
      return refusal(intact, fault);
    case 'think': {
      const content = fault.closed
        ? `<think>\n${triedInThought}</think>\n\n${intact.content}`
        : `<think>\n${triedInThought}`;
      return { ...intact, content };
    }
    case 'text':
      return { ...intact, content: fault.text };
    case 'slow':
      return {
        ...intact,
        latencyMs: fault.latencyMs ?? intact.latencyMs,
        tokensPerSecond: fault.tokensPerSecond ?? intact.tokensPerSecond,
      };
    default:
      return intact;
  }
}

function refusal(intact: Delivery, { finishReason }: Extract<Fault, { kind: 'refusal' }>): Delivery {
  return finishReason === 'stop'
    ? { ...intact, content: null, refusal: refused, finishReason }
    : { ...intact, content: refused, finishReason };
}

function half(text: string): string {
  return text.slice(0, Math.ceil(text.length / 2));
}

/** Cuts the text inside its fenced block, so that the fence stays open; without a block, in the middle. */
function withinFence(text: string): string {
  const start = text.indexOf('```');
  const end = text.lastIndexOf('```');
  return start >= 0 && end > start ? text.slice(0, Math.ceil((start + 8 + end) / 2)) : half(text);
}
