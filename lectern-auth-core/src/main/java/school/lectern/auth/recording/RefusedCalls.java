package school.lectern.auth.recording;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.audit.AuditBudget;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditEvent.Aggregate;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.token.VerifiedToken;

/**
 * Turns refused calls into audit rows, a bounded number of them: rows of their own within the {@link AuditBudget}, and one
 * row for each source, reason and minute that counts the others. So the rows and counts together are all refused calls;
 * what is counted and not yet written is lost if the process is killed.
 *
 * <p>The source is the token where its secret was proven, otherwise the client, which is the /24 of an IPv4 address or the /64
 * of an IPv6 address. Sources are tracked up to a bound. Beyond it tokens are counted by tenant, and clients by the /48 of
 * an IPv6 address: that many networks belong to one customer, who must not take the room of all others.
 */
public final class RefusedCalls {

    private static final int CLIENT_V4_BITS = 24;
    private static final int CLIENT_V6_BITS = 64;
    private static final int GROUP_V4_BITS = 16;
    private static final int GROUP_V6_BITS = 48;

    /** The share of the table that one group may take: an eighth for a tenant, a thirty-second for a network. */
    private static final int TENANTS_TO_FILL = 8;

    private static final int NETWORKS_TO_FILL = 32;

    private static final int MAX_FIRSTS = 100_000;

    private final AuditBudget budget;
    private final TokenFormat format;
    private final RefusalBudget<Source> tokens;
    private final RefusalBudget<Source> clients;
    private final FirstRefusals firsts = new FirstRefusals(MAX_FIRSTS, MAX_FIRSTS / 10);
    private final Function<Instant, String> eventIds;

    /** @param format the format of the tokens that must not be stored with a path */
    /** @param eventIds generates the id of an event at a time */
    public RefusedCalls(AuditBudget budget, TokenFormat format, Function<Instant, String> eventIds) {
        this.budget = budget;
        this.format = format;
        this.eventIds = eventIds;
        this.tokens = new RefusalBudget<>(
                budget.rowsPerToken(),
                budget.maxTokens(),
                share(budget.maxTokens(), TENANTS_TO_FILL),
                Source.OTHER_TOKENS);
        this.clients = new RefusalBudget<>(
                budget.rowsPerClient(),
                budget.maxClients(),
                share(budget.maxClients(), NETWORKS_TO_FILL),
                Source.OTHER_CLIENTS);
    }

    private static int share(int all, int parts) {
        return Math.max(1, all / parts);
    }

    /** What an aggregate says of whose calls it counts. Details are not exported. */
    private record Source(
            @Nullable String tenantId, @Nullable String tokenId, Map<String, String> details) {

        static final Source OTHER_TOKENS = new Source(null, null, Map.of("tokens", "others"));
        static final Source OTHER_CLIENTS = client("others");

        static Source of(VerifiedToken token) {
            return new Source(token.tenantId(), token.id(), Map.of());
        }

        static Source tenantOf(VerifiedToken token) {
            return new Source(token.tenantId(), null, Map.of());
        }

        static Source network(@Nullable IpAddress address, int v4Bits, int v6Bits) {
            return client(
                    address == null
                            ? "unknown"
                            : address.network(v4Bits, v6Bits).toString());
        }

        private static Source client(String name) {
            return new Source(null, null, Map.of("client", name));
        }
    }

    /** Whether it is the first refusal in this hour of that token for that reason from that address. */
    boolean isFirst(VerifiedToken token, Kind kind, @Nullable IpAddress address, Instant now) {
        return firsts.isFirst(token, kind, address, now);
    }

    /**
     * The row of a refused call; empty if the call is counted in the row of others.
     *
     * @param first whether it gets a row in any case
     */
    Optional<AuditEvent> rowOf(AuthRequest request, Denied denied, int status, boolean first, Instant now) {
        Kind kind = denied.error().kind();
        VerifiedToken token = denied.token().orElse(null);
        boolean takesRow = token == null
                ? clients.takesRow(
                        Source.network(request.address(), CLIENT_V4_BITS, CLIENT_V6_BITS),
                        Source.network(request.address(), GROUP_V4_BITS, GROUP_V6_BITS),
                        false,
                        kind,
                        status,
                        now)
                : tokens.takesRow(Source.of(token), Source.tenantOf(token), first, kind, status, now);
        return takesRow ? Optional.of(row(request, token, kind, status, now)) : Optional.empty();
    }

    private AuditEvent row(AuthRequest request, @Nullable VerifiedToken token, Kind kind, int status, Instant now) {
        return AuditEvent.builder(eventIds.apply(now), now, AuditEvent.CALL, outcome(kind))
                .requestId(request.requestId())
                .tenantId(token == null ? null : token.tenantId())
                .tokenId(token == null ? null : token.id())
                .method(text(request.method(), token))
                .endpoint(text(request.path(), token))
                .status(status)
                .build();
    }

    /** What a caller sent who proved no token is cut: it costs the caller nothing to send much. */
    private String text(String sent, @Nullable VerifiedToken token) {
        String redacted = format.redacted(sent);
        return token == null ? AuditEvent.escape(redacted, budget.endpointLength()) : redacted;
    }

    private static String outcome(Kind kind) {
        return "denied:" + kind.code();
    }

    /** The rows that count refused calls of minutes that are over by now. */
    List<AuditEvent> ended(Instant now) {
        return aggregates(tokens.ended(now), clients.ended(now));
    }

    /** The rows of what is counted now, for the last time: a call that is refused later gets a row of its own. */
    List<AuditEvent> close() {
        return aggregates(tokens.close(), clients.close());
    }

    private List<AuditEvent> aggregates(
            List<RefusalBudget.Count<Source>> ofTokens, List<RefusalBudget.Count<Source>> ofClients) {
        List<AuditEvent> rows = new ArrayList<>(ofTokens.size() + ofClients.size());
        ofTokens.forEach(count -> rows.add(aggregate(count)));
        ofClients.forEach(count -> rows.add(aggregate(count)));
        return rows;
    }

    private AuditEvent aggregate(RefusalBudget.Count<Source> counted) {
        return AuditEvent.builder(
                        eventIds.apply(counted.first()), counted.first(), AuditEvent.CALL, outcome(counted.kind()))
                .tenantId(counted.source().tenantId())
                .tokenId(counted.source().tokenId())
                .status(counted.status())
                .details(counted.source().details())
                .aggregate(new Aggregate(counted.count(), counted.last()))
                .build();
    }
}
