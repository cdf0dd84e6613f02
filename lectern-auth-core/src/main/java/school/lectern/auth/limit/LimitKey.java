package school.lectern.auth.limit;

/**
 * Who is counted, and for what.
 *
 * @param subject whose permits they are, for example a token's id; never a secret
 * @param limitClass which of the subject's limits, for example {@code read}
 */
public record LimitKey(String subject, String limitClass) {}
