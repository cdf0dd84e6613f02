package school.lectern.auth;

import school.lectern.auth.spi.Grant;

/**
 * One tenant: its {@linkplain #tokens tokens}, and its state. Immutable, and safe for use by many threads. A change blocks for
 * about a second, until every process enforces it; {@link TokenOperations} says what happens if it cannot wait, and if the
 * storage fails.
 * To repeat an operation is safe.
 */
@CheckReturnValue
public final class TenantOperations {

    private final OperationContext context;
    private final String tenantId;

    TenantOperations(OperationContext context, String tenantId) {
        this.context = context;
        this.tenantId = tenantId;
    }

    /** Returns these operations, called by that actor. Default: {@link Actor#application}. */
    public TenantOperations actingAs(Actor actor) {
        return new TenantOperations(context.actingAs(actor), tenantId);
    }

    /** Returns these operations without their wait, as {@link TokenOperations#withoutWaiting}. */
    public TenantOperations withoutWaiting() {
        return new TenantOperations(context.withoutWaiting(), tenantId);
    }

    /** Returns the operations on the tenant's tokens, called by the same actor. */
    public TokenOperations tokens() {
        return new TokenOperations(context, tenantId);
    }

    /**
     * Suspends the tenant, and blocks for about a second, until every process denies every token of it, also tokens that are
     * issued later, until it is resumed. Needs no grant, since it only takes away. The actor's id never prevents it: an id that
     * no column can hold is recorded in a shorter form.
     *
     * @return whether the tenant was not suspended before, false for a tenant that is gone; or a refusal: an invalid tenant id
     */
    public Outcome<Boolean> suspend() {
        return context.propagated(context.verbs().tenant().suspend(tenantId, context.actor()), changed -> !changed);
    }

    /**
     * Ends the suspension, and blocks for about a second: the tenant's tokens work as before. That allows all of them what they may
     * do, so it is refused unless the actor may grant {@linkplain Grant#everything everything}.
     *
     * @return whether the tenant was suspended; or a refusal: an invalid tenant id, a tenant that is gone, or the grant
     */
    public Outcome<Boolean> resume() {
        return context.propagated(context.verbs().tenant().resume(tenantId, context.actor()), changed -> !changed);
    }

    /**
     * Marks the tenant as gone, for good, and blocks for about a second: from then on every token of it is denied, and none is
     * issued, imported, changed, regenerated or rotated. Its tokens can still be listed and revoked, until {@link #erase}. The
     * actor's id never prevents it.
     *
     * @return whether the tenant was not gone before; or a refusal: an invalid tenant id
     */
    public Outcome<Boolean> markGone() {
        return context.propagated(context.verbs().tenant().markGone(tenantId, context.actor()), changed -> !changed);
    }

    /**
     * Erases the tenant: marks it as gone, waits until every process enforces that, and deletes its tokens, the counters of its
     * limits and its audit rows, in portions of {@value TenantChange#ERASED_AT_ONCE}. A mark stays with the tenant's id, so that no
     * token is issued under it any more, and audit rows that are still on their way are dropped. An audit row without a tenant
     * records the erasure.
     *
     * <p>May take long, also some seconds for writes under way to end. A call that failed or was interrupted has deleted a part of
     * the data: call it again, also in another process, and it goes on.
     *
     * @return the number of tokens and audit rows that this call deleted; or a refusal: an invalid tenant id
     * @throws PropagationException if it could not wait until the tenant is gone everywhere; nothing is deleted then
     */
    public Outcome<Long> erase() {
        return context.verbs()
                .tenant()
                .markGone(tenantId, context.actor())
                .fold(marked -> new Outcome.Done<>(eraseGone()), Outcome.Refused::new);
    }

    private long eraseGone() {
        context.verbs().propagation().await().ifPresent(why -> {
            throw new PropagationException(why);
        });
        return context.verbs().tenant().erase(tenantId, context.actor());
    }
}
