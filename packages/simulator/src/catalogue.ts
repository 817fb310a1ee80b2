import { prices } from './prices.ts';

const contextLength = 131_072;

/** `GET /models` */
export function catalogue() {
  return {
    data: Object.entries(prices).map(([id, { input, output }]) => ({
      id,
      canonical_slug: id,
      name: `Simulated: ${id}`,
      created: 1_767_225_600,
      description: 'Simulated: canned answers, no model.',
      context_length: contextLength,
      architecture: {
        modality: 'text->text',
        input_modalities: ['text'],
        output_modalities: ['text'],
        tokenizer: 'Other',
        instruct_type: null,
      },
      pricing: { prompt: perToken(input), completion: perToken(output), request: '0', image: '0' },
      top_provider: { context_length: contextLength, max_completion_tokens: null, is_moderated: false },
      per_request_limits: null,
      supported_parameters: ['max_tokens', 'response_format', 'stop', 'structured_outputs', 'temperature'],
      expiration_date: null,
    })),
  };
}

/** OpenRouter gives prices per token as decimal strings; none has more than 12 places. */
function perToken(dollarsPerMillion: number): string {
  return (dollarsPerMillion / 1e6).toFixed(12).replace(/\.?0+$/, '');
}
