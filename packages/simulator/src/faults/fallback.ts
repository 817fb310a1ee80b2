import type { Fault } from './fault-rule.ts';

/** Whether OpenRouter would go on to the next of `models`: nothing was generated yet, and it is the model's fault. */
export function passesOn(fault: Fault): boolean {
  switch (fault.kind) {
    case 'rate-limit':
    case 'forbidden':
    case 'no-endpoint':
    case 'too-long':
      return true;
    case 'status':
      return fault.status >= 500 || [404, 408, 429].includes(fault.status);
    default:
      return false;
  }
}
