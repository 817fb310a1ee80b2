/** `error.metadata.error_type` by status. */
const errorTypes: Record<number, string> = {
  400: 'invalid_request',
  401: 'authentication',
  402: 'payment_required',
  403: 'permission_denied',
  404: 'not_found',
  408: 'timeout',
  413: 'payload_too_large',
  422: 'unprocessable',
  429: 'rate_limit_exceeded',
  500: 'server',
  502: 'provider_unavailable',
  503: 'provider_overloaded',
  504: 'timeout',
  524: 'timeout',
  529: 'provider_overloaded',
};

export interface ErrorDetails {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly availability?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error in OpenRouter's format: `{error: {code, message, metadata}}`. */
export class ApiError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: Readonly<Record<string, unknown>> };

  constructor(status: number, message: string, { metadata, availability, headers = {} }: ErrorDetails = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
    const error_type = errorTypes[status] ?? 'unmapped';
    const error = { code: status, message, metadata: { error_type, ...metadata } };
    this.body = { error: availability ? { ...error, availability } : error };
  }
}

/** The response of another server than OpenRouter: a string is sent as plain text, anything else as JSON. */
export class RawError extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(`status ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** An error of the `/_simulator` endpoints in the format of RFC 9457. */
export class Problem extends Error {
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, title: string, details: Readonly<Record<string, unknown>>) {
    super(title);
    this.status = status;
    this.details = details;
  }
}
