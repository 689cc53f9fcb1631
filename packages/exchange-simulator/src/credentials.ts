/** What a client of the simulated exchange authenticates with. Not secrets: everyone who runs RTP has them. */
export const SIMULATOR_CREDENTIALS = Object.freeze({
  clientId: '1000000001',
  pin: '123456',
  /** Base32, as shown by the broker when TOTP is enabled. */
  totpSecret: 'JBSWY3DPEHPK3PXP',
});
