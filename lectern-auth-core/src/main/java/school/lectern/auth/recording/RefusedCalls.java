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
import school.lectern.auth.format.TokenFormats;
import school.lectern.auth.token.VerifiedToken;

/**
 * Converts refused calls to a bounded number of audit rows. Calls within the {@link AuditBudget} have rows of their own; the
 * others are counted in one row for each source, reason and minute. So the rows and counts together include all refused
 * calls. Counts that are not written yet are lost if the process is killed.
 *
 * <p>The source is the token if its secret was verified, otherwise the client, which is the /24 of an IPv4 address or the /64
 * of an IPv6 address. The number of tracked sources is bounded. Beyond that number tokens are counted by tenant, and clients
 * by the /16 of an IPv4 address or the /48 of an IPv6 address: one customer may have all networks of a /48, and must not take
 * the room of all other clients.
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
    private final TokenFormats formats;
    private final RefusalBudget<Source> tokens;
    private final RefusalBudget<Source> clients;
    private final FirstInHour<String, Refusal> firsts = new FirstInHour<>(MAX_FIRSTS, MAX_FIRSTS / 10);
    private final Function<Instant, String> eventIds;

    /**
     * @param budget the bounds on the number of rows
     * @param formats the formats of the tokens that must not be stored as part of a path
     * @param eventIds generates the id of an event from its time
     */
    public RefusedCalls(AuditBudget budget, TokenFormats formats, Function<Instant, String> eventIds) {
        this.budget = budget;
        this.formats = formats;
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

    /** @param network the address without its interface id; null if it is unknown */
    private record Refusal(
            String tokenId, Kind kind, @Nullable IpAddress network) {}

    /** The columns of an aggregate that identify the source of its calls. Details are not exported. */
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

    /** {@return whether this is the first refusal of the token for this reason and from this address in the hour} */
    boolean isFirst(VerifiedToken token, Kind kind, @Nullable IpAddress address, Instant now) {
        IpAddress network = address == null ? null : address.withoutInterfaceId();
        return firsts.isFirst(token.tenantId(), new Refusal(token.id(), kind, network), now);
    }

    /**
     * {@return the row of a refused call; empty if the call was counted instead}
     *
     * @param first whether the call gets a row even if the budget is used up
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

    /**
     * {@return a text without tokens} If no token was verified, the text is cut, because it costs the caller nothing to send
     * a long one.
     */
    private String text(String sent, @Nullable VerifiedToken token) {
        String redacted = formats.redacted(sent);
        return token == null ? AuditEvent.escape(redacted, budget.endpointLength()) : redacted;
    }

    /** Returns the outcome of a call that was denied. */
    static String outcome(Kind kind) {
        return "denied:" + kind.code();
    }

    /** {@return the rows with the counts of minutes that have ended} */
    List<AuditEvent> ended(Instant now) {
        return aggregates(tokens.ended(now), clients.ended(now));
    }

    /**
     * {@return the rows with the current counts, for the last time} A call that is refused after this gets a row of its own.
     */
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
