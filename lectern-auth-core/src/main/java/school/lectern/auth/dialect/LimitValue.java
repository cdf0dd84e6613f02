package school.lectern.auth.dialect;

import java.time.Instant;
import school.lectern.auth.decision.RateLimitResult;
import school.lectern.auth.limit.LimitStatus;

/**
 * The value of a header that reports a rate limit. A limit <em>resets</em> when all its permits are available again. Later
 * versions may add values: a {@code switch} over them needs a default.
 */
public enum LimitValue {
    /** The number of permits per window: {@code 60}. */
    LIMIT(Case.OF_ONE_LIMIT) {
        @Override
        String of(RateLimitResult limit) {
            return Long.toString(limit.status().limit());
        }
    },
    /** The number of permits that are left: {@code 12}. */
    REMAINING(Case.OF_ONE_LIMIT) {
        @Override
        String of(RateLimitResult limit) {
            return Long.toString(limit.status().remaining());
        }
    },
    /** The number of permits that are used: {@code 48}. */
    USED(Case.OF_ONE_LIMIT) {
        @Override
        String of(RateLimitResult limit) {
            return Long.toString(limit.status().limit() - limit.status().remaining());
        }
    },
    /** The permits that are used, and the number per window: {@code 48/60}. */
    USED_OF_LIMIT(Case.OF_ONE_LIMIT) {
        @Override
        String of(RateLimitResult limit) {
            return USED.of(limit) + '/' + LIMIT.of(limit);
        }
    },
    /** The length of the window in seconds, rounded up: {@code 3600}. */
    WINDOW_SECONDS(Case.OF_ONE_LIMIT) {
        @Override
        String of(RateLimitResult limit) {
            return Long.toString(limit.status().windowSeconds());
        }
    },
    /** The name of the policy in the {@link LimitPlan}: {@code read}. */
    POLICY(Case.OF_ONE_LIMIT) {
        @Override
        String of(RateLimitResult limit) {
            return limit.policy();
        }
    },
    /** The time of the reset in UTC (RFC 3339, ISO 8601), rounded up to a second: {@code 2026-01-01T00:00:00Z}. */
    RESET_TIME(Case.OF_ONE_LIMIT) {
        @Override
        String of(RateLimitResult limit) {
            return ResetTime.text(limit.status().resetAt());
        }
    },
    /** The time of the reset in seconds since 1970 in UTC, rounded up: {@code 1767225600}. */
    RESET_EPOCH_SECONDS(Case.OF_ONE_LIMIT) {
        @Override
        String of(RateLimitResult limit) {
            return Long.toString(limit.status().resetAt().getEpochSecond());
        }
    },
    /** The time of the reset in milliseconds since 1970 in UTC: {@code 1767225600123}. */
    RESET_EPOCH_MILLIS(Case.OF_ONE_LIMIT) {
        @Override
        String of(RateLimitResult limit) {
            return Long.toString(limit.status().resetMillis());
        }
    },
    /** The time of the reset in seconds since 1970 in UTC, with milliseconds: {@code 1767225600.123}. */
    RESET_EPOCH_FRACTION(Case.OF_ONE_LIMIT) {
        @Override
        String of(RateLimitResult limit) {
            return fraction(limit.status().resetMillis());
        }
    },
    /** The seconds until the reset, rounded up: {@code 24}. */
    RESET_SECONDS(Case.OF_ONE_LIMIT) {
        @Override
        String of(RateLimitResult limit) {
            return Long.toString((untilReset(limit.status()) + 999) / 1000);
        }
    },
    /** The seconds until the reset, with milliseconds: {@code 23.999}. */
    RESET_SECONDS_FRACTION(Case.OF_ONE_LIMIT) {
        @Override
        String of(RateLimitResult limit) {
            return fraction(untilReset(limit.status()));
        }
    },
    /**
     * The time until the reset as a duration: {@code 1h0m0s}, {@code 1m0s}, {@code 7.66s}, {@code 120ms}. Hours, minutes and
     * seconds follow the first unit that is not zero.
     */
    RESET_DURATION(Case.OF_ONE_LIMIT) {
        @Override
        String of(RateLimitResult limit) {
            return duration(untilReset(limit.status()));
        }
    },
    /**
     * A member of {@code RateLimit-Policy} in draft-ietf-httpapi-ratelimit-headers-11: {@code "read";q=60;w=60}. The window is
     * in whole seconds, rounded up.
     */
    POLICY_DRAFT_11(Case.LIST) {
        @Override
        String of(RateLimitResult limit) {
            return '"' + limit.policy() + "\";q=" + limit.status().limit() + ";w="
                    + limit.status().windowSeconds();
        }
    },
    /**
     * A member of {@code RateLimit} in draft-ietf-httpapi-ratelimit-headers-11: {@code "read";r=12;t=24}. The effective window
     * ends when all permits are available again or, if no permit is left, when the next one is available, which is also when
     * {@code Retry-After} ends.
     */
    STATE_DRAFT_11(Case.LIST) {
        @Override
        String of(RateLimitResult limit) {
            return '"' + limit.policy() + "\";r=" + limit.status().remaining() + ";t="
                    + limit.status().effectiveWindowSeconds();
        }
    };

    /** How a header with the value reports several limits. */
    enum Case {
        /** The header reports one of them. */
        OF_ONE_LIMIT,
        /** The header is a list (RFC 9651, section 3.1) with a member for each of them. */
        LIST
    }

    private final Case several;

    LimitValue(Case several) {
        this.several = several;
    }

    boolean isList() {
        return several == Case.LIST;
    }

    /** Returns the value for one limit. */
    abstract String of(RateLimitResult limit);

    private static long untilReset(LimitStatus status) {
        return Math.max(0, status.resetMillis() - status.atMillis());
    }

    private static String fraction(long millis) {
        long thousandths = millis % 1000;
        return millis / 1000 + "." + (thousandths < 10 ? "00" : thousandths < 100 ? "0" : "") + thousandths;
    }

    private static String duration(long millis) {
        if (millis > 0 && millis < 1000) {
            return millis + "ms";
        }
        long minutes = millis / 60_000;
        String hours = minutes < 60 ? "" : minutes / 60 + "h";
        String rest = minutes == 0 ? "" : minutes % 60 + "m";
        return hours + rest + seconds(millis % 60_000) + "s";
    }

    /** Returns seconds without the zeros at the end of the fraction. */
    private static String seconds(long millis) {
        return millis % 1000 == 0
                ? Long.toString(millis / 1000)
                : fraction(millis).replaceAll("0+$", "");
    }

    /**
     * The last formatted reset time. Windows of the same length end at the same time, and formatting takes longer than
     * counting a call.
     */
    private record ResetTime(Instant time, String text) {

        private static volatile ResetTime last = new ResetTime(Instant.EPOCH, Instant.EPOCH.toString());

        static String text(Instant time) {
            ResetTime known = last;
            if (!known.time().equals(time)) {
                known = new ResetTime(time, time.toString());
                last = known;
            }
            return known.text();
        }
    }
}
