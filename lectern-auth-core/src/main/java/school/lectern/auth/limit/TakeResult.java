package school.lectern.auth.limit;

/**
 * The result of a request for permits.
 *
 * @param count the state of the counter after this request, which the store must save
 * @param permits the number of permits that were taken: 0 if no permit was left
 * @param status the status of the limit after this request
 */
public record TakeResult(LimitState count, long permits, LimitStatus status) {}
