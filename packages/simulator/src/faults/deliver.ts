import { charactersPerToken } from '../usage.ts';
import type { Delivery } from '../wire/delivery.ts';
import type { Fault } from './fault-rule.ts';

const thought = 'Simulated thinking: no model was asked. A first try that must not be taken for the answer:';
const triedInThought = `${thought}\n\n\`\`\`python\nprint("a thought, not the answer")\n\`\`\`\n`;
const refused = "Simulated refusal: I'm sorry, but I can't help with that.";

/** What a fault makes of a sound answer. */
export function deliver(sound: Delivery & { content: string }, fault: Fault | undefined): Delivery {
  switch (fault?.kind) {
    case 'error-mid-stream':
      return { ...sound, content: half(sound.content), ending: 'error' };
    case 'cut':
      return { ...sound, content: half(sound.content), ending: 'cut' };
    case 'hang': {
      const content = sound.content.slice(0, (fault.afterTokens ?? 0) * charactersPerToken);
      return { ...sound, content, ending: fault.comments ? 'hang-with-comments' : 'hang' };
    }
    case 'garbage':
    case 'no-finish':
      return { ...sound, ending: fault.kind };
    case 'empty':
      return { ...sound, content: '' };
    case 'reasoning-only':
      return { ...sound, content: null, reasoning: thought };
    case 'truncated':
      return { ...sound, content: withinFence(sound.content), finishReason: 'length' };
    case 'refusal':
      return refusal(sound, fault);
    case 'think': {
      const content = fault.closed
        ? `<think>\n${triedInThought}</think>\n\n${sound.content}`
        : `<think>\n${triedInThought}`;
      return { ...sound, content };
    }
    case 'text':
      return { ...sound, content: fault.text };
    case 'slow':
      return {
        ...sound,
        latencyMs: fault.latencyMs ?? sound.latencyMs,
        tokensPerSecond: fault.tokensPerSecond ?? sound.tokensPerSecond,
      };
    default:
      return sound;
  }
}

function refusal(sound: Delivery, { finishReason }: Extract<Fault, { kind: 'refusal' }>): Delivery {
  return finishReason === 'stop'
    ? { ...sound, content: null, refusal: refused, finishReason }
    : { ...sound, content: refused, finishReason };
}

function half(text: string): string {
  return text.slice(0, Math.ceil(text.length / 2));
}

/** Ends in the middle of the fenced block, so that the fence stays open; without one, in the middle. */
function withinFence(text: string): string {
  const start = text.indexOf('```');
  const end = text.lastIndexOf('```');
  return start >= 0 && end > start ? text.slice(0, Math.ceil((start + 8 + end) / 2)) : half(text);
}
