package school.lectern.auth.limit;

/**
 * The outcome of asking for a permit.
 *
 * @param count what is to be remembered
 * @param status what the limit says
 */
public record Taken(Count count, LimitStatus status) {}
