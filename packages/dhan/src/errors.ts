import { defineErrors } from '@rtp/core';

export const dhanErrors = defineErrors({
  RTP_DHAN_CREDENTIALS_MISSING: {
    summary: 'There is no usable token and not enough credentials to mint one.',
    fix: 'Set DHAN_CLIENT_ID and DHAN_API_TOKEN, or DHAN_PIN and DHAN_TOTP_SECRET in place of the token.',
    exitCode: 77,
  },
  RTP_DHAN_TOKEN_EXPIRED: {
    summary: 'The given access token has expired.',
    fix: 'Make a new token on Dhan Web and set DHAN_API_TOKEN, or set DHAN_PIN and DHAN_TOTP_SECRET to mint one daily.',
    exitCode: 77,
  },
  RTP_DHAN_TOKEN_REJECTED: {
    summary: 'The broker does not accept the access token or the credentials.',
    fix: 'Check DHAN_CLIENT_ID and that no other program mints tokens for it; then set a fresh DHAN_API_TOKEN.',
    exitCode: 77,
  },
  RTP_DHAN_TOTP_INVALID: {
    summary: 'The broker refused two TOTP codes in a row.',
    fix: 'Check DHAN_TOTP_SECRET and the clock of this machine.',
    exitCode: 77,
  },
  RTP_DHAN_MINT_THROTTLED: {
    summary: 'The broker mints one token every two minutes and has refused several times.',
    fix: 'Stop other programs that mint tokens for this client id; minting goes on by itself after the wait.',
    exitCode: 75,
    status: 503,
  },
  RTP_DHAN_NO_DATA_PLAN: {
    summary: 'The account has no active data plan, or the broker does not honour it.',
    fix: 'Subscribe to the Data APIs on Dhan Web; if they are active there, report it to the broker. It is asked again by itself.',
    exitCode: 75,
    status: 503,
  },
  RTP_DHAN_RATE_LIMITED: {
    summary: 'The broker answered that a rate limit is exceeded, several times over.',
    fix: 'Lower broker.chart_calls_per_second, and stop other programs that use the same client id.',
    exitCode: 75,
    status: 503,
  },
  RTP_DHAN_DAY_CAP_REACHED: {
    summary: "The day's chart calls are used up, or the rest is kept for the sweep and for repairs.",
    fix: 'Wait for the next day, or raise broker.chart_calls_per_day if the account allows more.',
    exitCode: 75,
    status: 503,
  },
  RTP_DHAN_BAD_REQUEST: {
    summary: 'The broker, or a check before the call, did not accept the request.',
    fix: 'Refresh the broker ids with `rtp symbols refresh`; if it stays, report it with the message.',
    status: 502,
  },
  RTP_DHAN_NO_DATA: {
    summary: 'The broker says that it has no data for the request.',
    fix: 'Nothing, on a holiday or before publication; otherwise the request is repeated later.',
    status: 404,
  },
  RTP_DHAN_SERVER: {
    summary: 'The broker failed to answer the request.',
    fix: "Nothing: it is tried again. Look at the broker's status page if it lasts.",
    exitCode: 75,
    status: 502,
  },
  RTP_DHAN_NETWORK: {
    summary: 'The broker could not be reached or did not answer in time.',
    fix: 'Check the network and the broker URLs of the configuration.',
    exitCode: 75,
    status: 502,
  },
  RTP_DHAN_MALFORMED: {
    summary: 'The broker sent an answer that is cut short or not of its documented form.',
    fix: 'Nothing, once in a while: it is tried again. If it stays, the broker has changed its interface.',
    exitCode: 75,
    status: 502,
  },
  RTP_DHAN_SCRIP_MASTER_INVALID: {
    summary: 'The scrip master lacks columns or instruments that it must have, or has shrunk.',
    fix: 'Check broker.scrip_master_url; the instruments known from an earlier day stay in use. Lower broker.scrip_master_min_share if so many shares have really gone.',
    exitCode: 75,
    status: 502,
  },
  RTP_DHAN_CLOSED: {
    summary: 'The broker client was closed while the call was waiting.',
    fix: 'Nothing: the system was stopping.',
    exitCode: 75,
  },
});
