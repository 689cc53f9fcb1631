import type { EpochMs } from '@rtp/core';

/** What a route answers. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
}

export function json(status: number, content: unknown): Answer {
  return { status, body: JSON.stringify(content), contentType: 'application/json' };
}

export const jsonText = (body: string): Answer => ({ status: 200, body, contentType: 'application/json' });
export const csv = (body: string): Answer => ({ status: 200, body, contentType: 'text/csv' });

/** Envelope of charts, profile and tokens (wire §6.2). */
export function tradingError(status: number, errorCode: string, errorType: string, errorMessage: string): Answer {
  return json(status, { errorType, errorCode, errorMessage });
}

/** Envelope of the market quote (wire §6.2). */
export function dataError(status: number, code: number, message: string): Answer {
  return json(status, { data: { [code]: message }, status: 'failed' });
}

/** Envelope of token minting, always HTTP 200. */
export const mintError = (message: string): Answer => json(200, { message, status: 'error' });

/** What the gateway in front of the broker says of unknown paths. */
export function notFound(path: string, now: EpochMs): Answer {
  return json(404, { timestamp: now, status: 404, error: 'Not Found', path });
}

export const ERRORS = Object.freeze({
  tokenExpired: tradingError(
    401,
    'DH-901',
    'Invalid_Authentication',
    'Client ID or user generated access token is invalid or expired.',
  ),
  tokenInvalid: tradingError(400, 'DH-906', 'Order_Error', 'Invalid Token'),
  rateLimit: tradingError(
    429,
    'DH-904',
    'Rate_Limit',
    'Too many requests on server from single user breaching rate limits. Try throttling API calls.',
  ),
  missingFields: tradingError(
    400,
    'DH-905',
    'Input_Exception',
    'Missing required fields, bad values for parameters etc.',
  ),
  badRange: tradingError(
    400,
    'DH-905',
    'Input_Exception',
    'System is unable to fetch data due to incorrect parameters or no data present',
  ),
  rangeTooLong: tradingError(
    400,
    'DH-905',
    'Input_Exception',
    'Data for Intraday Charts can be fetched for 90 days at a time',
  ),
  noData: tradingError(
    400,
    'DH-907',
    'Data_Error',
    'System is unable to fetch data due to incorrect parameters or no data present',
  ),
  serverError: tradingError(500, 'DH-908', 'Internal_Server_Error', 'Something went wrong, please try again later.'),
  renewRefused: tradingError(500, 'DH-905', 'INVALID_REQUEST', 'Renewal of token not allowed for this token type'),
  noDataPlan: tradingError(401, 'DH-902', 'Invalid_Access', 'User has not subscribed to Data APIs.'),
  quoteNoDataPlan: dataError(401, 806, 'Data APIs not Subscribed'),
  quoteUnauthorised: dataError(401, 808, 'Authentication Failed - Client ID or Token invalid'),
  quoteRateLimit: dataError(429, 805, 'Too many requests. Further requests may result in the user being blocked.'),
  quoteInvalid: dataError(400, 814, 'Invalid Request'),
  quoteTooMany: dataError(400, 804, 'Requested number of instruments exceeds limit'),
  quoteServerError: dataError(500, 800, 'Internal Server Error'),
});
