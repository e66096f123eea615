#include "faults/sampling.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

// The reference is the C library in floating point: here, and nowhere where something is decided.
namespace squall::faults {
namespace {

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

double quantile(double p) {
  double low = -8, high = 8;
  for (int i = 0; i < 200; ++i)
    (normal_cdf((low + high) / 2) < p ? low : high) = (low + high) / 2;
  return (low + high) / 2;
}

double as_probability(std::uint32_t bits) { return (bits + 0.5) / 4294967296.0; }

RC_GTEST_PROP(NormalQuantile, IsAsAccurateAsItSays, ()) {
  const auto bits = *rc::gen::oneOf(rc::gen::arbitrary<std::uint32_t>(),
                                    rc::gen::map(rc::gen::inRange(0, 32), [](int s) { return 0xffff'ffffu >> s; }),
                                    rc::gen::map(rc::gen::inRange(0, 32), [](int s) { return 1u << s; }));
  // From the lower tail, where 1 - p loses no digits.
  const std::uint32_t lower = std::min(bits, ~bits);
  const double z = std::abs(normal_quantile_q24(bits)) / 16777216.0;
  RC_ASSERT(std::abs(z + quantile(as_probability(lower))) < 0.0003);
}

RC_GTEST_PROP(NormalQuantile, IsOddAboutTheMiddle, (std::uint32_t bits)) {
  RC_ASSERT(normal_quantile_q24(bits) == -normal_quantile_q24(~bits));
}

RC_GTEST_PROP(NormalQuantile, NeverFalls, (std::uint32_t a, std::uint32_t b)) {
  RC_ASSERT(normal_quantile_q24(std::min(a, b)) <= normal_quantile_q24(std::max(a, b)));
}

RC_GTEST_PROP(Lognormal, IsAsAccurateAsItSays, (std::uint32_t bits)) {
  const auto median = *rc::gen::inRange<duration_ns>(0, hour_ns);
  const auto sigma_milli = *rc::gen::inRange<std::uint32_t>(0, 4001);
  const double sigma = sigma_milli / 1000.0;
  const std::uint32_t lower = std::min(bits, ~bits);
  const double z = quantile(as_probability(lower)) * (bits == lower ? 1 : -1);
  const double expected = std::min(median * std::exp(sigma * z), static_cast<double>(lognormal_ns_max));
  const auto got = static_cast<double>(lognormal_ns(median, sigma_milli, bits));
  RC_ASSERT(std::abs(got - expected) <= expected * (0.0004 * sigma + 0.0001) + 1);
}

TEST(Lognormal, IsTheMedianWithoutSigma) {
  for (std::uint32_t bits : {0u, 1u, 0x8000'0000u, 0xffff'ffffu})
    EXPECT_EQ(lognormal_ns(80 * millisecond_ns, 0, bits), 80 * millisecond_ns);
}

// Any change of these changes every recorded run: they are the same on every machine and compiler.
TEST(Lognormal, HasTheseValuesForEver) {
  EXPECT_EQ(lognormal_ns(80 * millisecond_ns, 500, 0x1234'5678), 38'405'715);
  EXPECT_EQ(lognormal_ns(80 * millisecond_ns, 500, 0xfedc'ba98), 295'959'382);
  EXPECT_EQ(normal_quantile_q24(0), -106'333'286);
}

RC_GTEST_PROP(Uniform, StaysInItsRangeAndReachesBothEnds, (std::uint32_t bits)) {
  const auto low = *rc::gen::inRange<duration_ns>(0, hour_ns);
  const auto high = low + *rc::gen::inRange<duration_ns>(0, hour_ns);
  const duration_ns d = uniform_ns(low, high, bits);
  RC_ASSERT(d >= low && d <= high);
  RC_ASSERT(uniform_ns(low, high, 0) == low);
  RC_ASSERT(high - uniform_ns(low, high, 0xffff'ffffu) <= (high - low) >> 31);
}

} // namespace
} // namespace squall::faults
