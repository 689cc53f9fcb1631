/*
 * Thirty TA-Lib calls a symbol on native arrays, each over all bars into arrays that stay: the bulk rate, and what a
 * minute costs where every indicator is computed again over its history.
 *
 * Usage: talib-driver <bars file> <symbols> <stride> <bars> <rounds> <history>...
 * The file holds open, high, low, close, volume of each symbol, one array of <stride> doubles after the other.
 * Prints nanoseconds of each round over all symbols, then for each history the nanoseconds of one minute.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "ta_func.h"

static double *out[3];
static double checksum;

static void all(const double *open, const double *high, const double *low, const double *close, const double *volume, int n) {
  int begin, count, last = n - 1;
#define IN 0, last
#define OUT1 &begin, &count, out[0]
#define OUT2 OUT1, out[1]
#define OUT3 OUT2, out[2]
#define KEEP checksum += count > 0 ? out[0][count - 1] : 0
  TA_SMA(IN, close, 20, OUT1); KEEP;
  TA_EMA(IN, close, 20, OUT1); KEEP;
  TA_WMA(IN, close, 20, OUT1); KEEP;
  TA_DEMA(IN, close, 20, OUT1); KEEP;
  TA_TEMA(IN, close, 20, OUT1); KEEP;
  TA_TRIMA(IN, close, 20, OUT1); KEEP;
  TA_KAMA(IN, close, 10, OUT1); KEEP;
  TA_T3(IN, close, 5, 0.7, OUT1); KEEP;
  TA_BBANDS(IN, close, 20, 2, 2, TA_MAType_SMA, OUT3); KEEP;
  TA_ACCBANDS(IN, high, low, close, 20, OUT3); KEEP;
  TA_RSI(IN, close, 14, OUT1); KEEP;
  TA_MACD(IN, close, 12, 26, 9, OUT3); KEEP;
  TA_APO(IN, close, 12, 26, TA_MAType_EMA, OUT1); KEEP;
  TA_PPO(IN, close, 12, 26, TA_MAType_EMA, OUT1); KEEP;
  TA_STOCH(IN, high, low, close, 14, 3, TA_MAType_SMA, 3, TA_MAType_SMA, OUT2); KEEP;
  TA_STOCHRSI(IN, close, 14, 14, 3, TA_MAType_SMA, OUT2); KEEP;
  TA_WILLR(IN, high, low, close, 14, OUT1); KEEP;
  TA_CCI(IN, high, low, close, 20, OUT1); KEEP;
  TA_ULTOSC(IN, high, low, close, 7, 14, 28, OUT1); KEEP;
  TA_BOP(IN, open, high, low, close, OUT1); KEEP;
  TA_MOM(IN, close, 10, OUT1); KEEP;
  TA_ROC(IN, close, 10, OUT1); KEEP;
  TA_AROON(IN, high, low, 14, OUT2); KEEP;
  TA_LINEARREG_SLOPE(IN, close, 14, OUT1); KEEP;
  TA_ATR(IN, high, low, close, 14, OUT1); KEEP;
  TA_NATR(IN, high, low, close, 14, OUT1); KEEP;
  TA_AD(IN, high, low, close, volume, OUT1); KEEP;
  TA_ADOSC(IN, high, low, close, volume, 3, 10, OUT1); KEEP;
  TA_MFI(IN, high, low, close, volume, 14, OUT1); KEEP;
  TA_AVGDEV(IN, close, 20, OUT1); KEEP;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc < 6) return 64;
  int symbols = atoi(argv[2]), stride = atoi(argv[3]), bars = atoi(argv[4]), rounds = atoi(argv[5]);
  size_t size = (size_t)symbols * 5 * stride;
  double *data = malloc(size * sizeof(double));
  FILE *file = fopen(argv[1], "rb");
  if (file == NULL || fread(data, sizeof(double), size, file) != size) return 74;
  for (int k = 0; k < 3; k += 1) out[k] = malloc(stride * sizeof(double));
  TA_Initialize();
  for (int round = -1; round < rounds; round += 1) {
    double start = now();
    for (int s = 0; s < symbols; s += 1) {
      const double *at = data + (size_t)s * 5 * stride;
      all(at, at + stride, at + 2 * stride, at + 3 * stride, at + 4 * stride, bars);
    }
    if (round >= 0) printf("bulk %.0f\n", now() - start);
  }
  for (int k = 6; k < argc; k += 1) {
    int history = atoi(argv[k]);
    for (int minute = 0; minute < 9 && history + minute <= stride; minute += 1) {
      double start = now();
      for (int s = 0; s < symbols; s += 1) {
        const double *at = data + (size_t)s * 5 * stride + minute;
        all(at, at + stride, at + 2 * stride, at + 3 * stride, at + 4 * stride, history);
      }
      printf("minute %d %.0f\n", history, now() - start);
    }
  }
  fprintf(stderr, "%g\n", checksum);
  return 0;
}
