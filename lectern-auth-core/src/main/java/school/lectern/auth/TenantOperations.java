package school.lectern.auth;

import school.lectern.auth.spi.Grant;

/**
 * The operations on one tenant: on its {@linkplain #tokens tokens}, and on its state. Immutable, and safe for use by many
 * threads. A change blocks for about a second, until every process enforces it; {@link TokenOperations} describes the behavior
 * if this wait fails, and if the storage fails. Repeating an operation is safe.
 */
@CheckReturnValue
public final class TenantOperations {

    private final OperationContext context;
    private final String tenantId;

    TenantOperations(OperationContext context, String tenantId) {
        this.context = context;
        this.tenantId = tenantId;
    }

    /**
     * {@return these operations, called by an actor} Default: {@link Actor#application}.
     *
     * @param actor the actor, which the audit log records
     */
    public TenantOperations actingAs(Actor actor) {
        return new TenantOperations(context.actingAs(actor), tenantId);
    }

    /** {@return these operations, which do not wait until a change is enforced} See {@link TokenOperations#withoutWaiting}. */
    public TenantOperations withoutWaiting() {
        return new TenantOperations(context.withoutWaiting(), tenantId);
    }

    /** {@return the operations on the tenant's tokens, called by the same actor} */
    public TokenOperations tokens() {
        return new TokenOperations(context, tenantId);
    }

    /**
     * Suspends the tenant, and blocks for about a second, until every process denies all tokens of the tenant. Tokens that are
     * issued later are also denied, until the tenant is resumed. Needs no grant, because it only takes away. The actor's id
     * never prevents it: an id that no column can contain is recorded in a shorter form.
     *
     * @return whether the tenant was not suspended before, false for a tenant that is gone; or a refusal: an invalid tenant id
     */
    public Outcome<Boolean> suspend() {
        return context.propagated(context.verbs().tenant().suspend(tenantId, context.actor()), changed -> !changed);
    }

    /**
     * Ends the suspension, and blocks for about a second: the tenant's tokens work as before. Because this restores everything
     * that the tokens allow, it is refused unless the actor may grant {@linkplain Grant#everything everything}.
     *
     * @return whether the tenant was suspended; or a refusal: an invalid tenant id or user id, a tenant that is gone, or an
     *     insufficient grant
     */
    public Outcome<Boolean> resume() {
        return context.propagated(context.verbs().tenant().resume(tenantId, context.actor()), changed -> !changed);
    }

    /**
     * Marks the tenant as gone, permanently, and blocks for about a second. From then on, every token of the tenant is denied,
     * and no token is issued, imported, changed, regenerated or rotated. The tokens can still be listed and revoked, until
     * {@link #erase}. The actor's id never prevents it.
     *
     * @return whether the tenant was not gone before; or a refusal: an invalid tenant id
     */
    public Outcome<Boolean> markGone() {
        return context.propagated(context.verbs().tenant().markGone(tenantId, context.actor()), changed -> !changed);
    }

    /**
     * Erases the tenant: marks it as gone, waits until every process enforces that, and deletes its tokens, the counters of its
     * limits and its audit rows, in batches of {@value TenantChange#ERASED_AT_ONCE}. A mark with the tenant's id remains, so
     * that no token is issued under the id again, and audit rows that are still to be written are dropped. An audit row without
     * a tenant records the erasure.
     *
     * <p>May take long, including some seconds until writes in progress end. A call that failed or was interrupted may have
     * deleted a part of the data: call it again, in this process or another one, to continue.
     *
     * @return the number of tokens and audit rows that this call deleted; or a refusal: an invalid tenant id
     * @throws PropagationException if the wait until the tenant is gone everywhere failed; nothing is deleted then
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
