package school.lectern.auth.limit;

/**
 * The outcome of asking for permits.
 *
 * @param count the count after this request, which the store has to keep
 * @param permits the number of permits that were taken: 0 if none was left
 * @param status what the limit says
 */
public record TakeResult(LimitState count, long permits, LimitStatus status) {}
