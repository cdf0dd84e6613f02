package school.lectern.auth.jdbc;

import school.lectern.auth.address.IpAddress;
import school.lectern.auth.decision.Requirement;

/**
 * A request with a token that a node decides about. The request is allowed until a change of the token makes the node deny it.
 */
enum TokenProbe {
    MAY_READ("read:learners", "10.0.0.1"),
    MAY_WRITE("write:learners", "10.0.0.1"),
    MAY_READ_FROM_AFAR("read:learners", "203.0.113.9");

    final Requirement requirement;
    final IpAddress address;

    TokenProbe(String scope, String address) {
        this.requirement = Requirement.scope(scope);
        this.address = IpAddress.parse(address).orElseThrow();
    }
}
