import type { CallLog } from './call-log.ts';
import { ApiError } from './http/api-error.ts';

/** `GET /key` */
export function keyDetails(calls: CallLog) {
  const usage = calls.all().reduce((sum, call) => sum + (call.usage?.cost ?? 0), 0);
  return {
    data: { label: 'simulated', usage, limit: null, limit_remaining: null, is_free_tier: false },
  };
}

/** `GET /generation?id=`; like OpenRouter's, it knows a generation once that is over. */
export function generation(calls: CallLog, id: string | null) {
  const call = calls.get(id ?? '');
  if (!call || call.status === 'open' || call.status === 'refused')
    throw new ApiError(404, 'Simulated: no such generation');
  const { usage } = call;
  const [prompt, completion] = [usage?.prompt_tokens ?? 0, usage?.completion_tokens ?? 0];
  return {
    data: {
      id: call.id,
      model: `simulated/${call.servedModel ?? call.model}`,
      provider_name: 'Simulated',
      created_at: new Date(call.at).toISOString(),
      streamed: call.stream,
      cancelled: call.status === 'aborted',
      tokens_prompt: prompt,
      tokens_completion: completion,
      native_tokens_prompt: prompt,
      native_tokens_completion: completion,
      native_tokens_reasoning: usage?.completion_tokens_details.reasoning_tokens ?? 0,
      native_tokens_cached: usage?.prompt_tokens_details.cached_tokens ?? 0,
      total_cost: usage?.cost ?? 0,
    },
  };
}
