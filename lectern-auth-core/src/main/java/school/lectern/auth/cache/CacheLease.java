package school.lectern.auth.cache;

import school.lectern.auth.time.Moment;

/**
 * The permission to answer without asking.
 *
 * @param from the moment before the poll was sent that it comes from
 * @param nanos its length
 */
record CacheLease(Moment from, long nanos) {

    boolean isLive(Moment now) {
        return now.since(from) < nanos;
    }
}
