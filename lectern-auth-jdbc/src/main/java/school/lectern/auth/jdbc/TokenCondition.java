package school.lectern.auth.jdbc;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.TokenFilter;

/**
 * A {@link TokenFilter} as an SQL condition on the table of tokens, alias {@code k}, with the order and the limit of the list.
 */
final class TokenCondition {

    private static final String END =
            "LEAST(COALESCE(k.expires_at, k.grace_period_ends_at), COALESCE(k.grace_period_ends_at, k.expires_at))";

    private final List<String> conditions = new ArrayList<>();
    private final List<Object> parameters = new ArrayList<>();
    private final String order;

    TokenCondition(TokenFilter filter) {
        filter.tenantId().ifPresent(tenantId -> add("k.tenant_id = ?", tenantId));
        filter.createdBy().ifPresent(userId -> add("k.created_by = ?", userId));
        add("k.id < ?", filter.before());
        filter.lastUsedBefore().map(Sql::nextMilli).ifPresent(this::addLastUse);
        filter.endsAfter()
                .ifPresent(after -> filter.endsBefore()
                        .ifPresent(
                                end -> addEnd(after, end, filter.maxLifetime().orElse(null))));
        parameters.add(filter.limit());
        // With a tenant or a creator, by both columns of the index: otherwise, H2 reads and sorts every token of the
        // tenant.
        order = filter.tenantId().isPresent()
                ? "k.tenant_id DESC, k.id DESC"
                : filter.createdBy().isPresent() ? "k.created_by DESC, k.id DESC" : "k.id DESC";
    }

    /** A token that was never used counts as used at its creation. */
    private void addLastUse(long before) {
        add("(k.last_used_at < ? OR (k.last_used_at IS NULL AND k.created_at < ?))", before, before);
    }

    private void addEnd(Instant after, Instant end, @Nullable Duration maxLifetime) {
        long last = Sql.nextMilli(end);
        long first = after.toEpochMilli();
        // One of the times that end the token is in the period. Without the lower bounds, the indexes would read
        // every token that has ever ended.
        String in = "(k.expires_at > ? AND k.expires_at < ?)"
                + " OR (k.grace_period_ends_at > ? AND k.grace_period_ends_at < ?)";
        if (maxLifetime == null) {
            add("k.revoked_at IS NULL AND (" + in + ")", first, last, first, last);
            add(END + " > ?", first);
        } else {
            long millis = maxLifetime.toMillis();
            long firstStart = first - millis;
            long lastStart = last - millis;
            add(
                    "k.revoked_at IS NULL AND (" + in
                            + " OR (k.lifetime_started_at > ? AND k.lifetime_started_at < ?)"
                            + " OR (k.lifetime_started_at IS NULL AND k.created_at > ? AND k.created_at < ?))",
                    first,
                    last,
                    first,
                    last,
                    firstStart,
                    lastStart,
                    firstStart,
                    lastStart);
            add(
                    "(" + END + " IS NULL OR " + END + " > ?) AND COALESCE(k.lifetime_started_at, k.created_at) > ?",
                    first,
                    firstStart);
        }
    }

    private void add(String condition, Object... values) {
        conditions.add(condition);
        parameters.addAll(List.of(values));
    }

    /** {@return the text after {@code WHERE}, with the order and the limit} */
    String sql() {
        return String.join(" AND ", conditions) + " ORDER BY " + order + " LIMIT ?";
    }

    /** Sets all parameters of {@link #sql}. */
    void set(PreparedStatement statement) throws SQLException {
        for (int i = 0; i < parameters.size(); i++) {
            statement.setObject(i + 1, parameters.get(i));
        }
    }
}
