package school.lectern.auth.limit;

/**
 * The outcome of asking for permits.
 *
 * @param count what is to be remembered
 * @param permits how many were had: 0 where none was left
 * @param status what the limit says
 */
public record Taken(Count count, long permits, LimitStatus status) {}
